/** GMT+8 as `Intl` writes it; GMT, where some browsers write GMT+0. */
export function zoneName(offset = ''): string {
  return offset.replace(/[+-]0$/, '');
}
