/** 123456789 → 123 456 789 */
export function groupedNumber(number: string): string {
  return number.replace(/(\d{3})(?=\d)/g, '$1 ');
}
