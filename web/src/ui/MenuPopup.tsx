import { useEffect, useRef, type RefObject } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { Check } from 'lucide-react';
import { Header } from 'react-aria-components/Header';
import { Menu, MenuItem, MenuSection } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Text } from 'react-aria-components/Text';
import type { MenuChoice, MenuProps } from './Menu';
import { MenuRow } from './MenuRow';

interface MenuPopupProps extends Omit<MenuProps, 'trigger' | 'onFailed'> {
  triggerRef: RefObject<HTMLButtonElement | null>;
  onClose: () => void;
}

const ITEM =
  'flex min-h-10 py-1 cursor-pointer items-center gap-2.5 rounded-tile px-2.5 text-sm -outline-offset-2 data-focused:bg-hover';

export default function MenuPopup({ triggerRef, header, ...menu }: MenuPopupProps) {
  const popup = useRef<HTMLDivElement>(null);

  useEffect(() => {
    // React Aria's own autoFocus stops at the menu when the popover opens for a second time.
    const frame = requestAnimationFrame(() =>
      popup.current?.querySelector<HTMLElement>('[role^=menuitem], [role=toolbar] > button')?.focus(),
    );
    return () => cancelAnimationFrame(frame);
  }, []);

  return (
    <I18nProvider locale={document.documentElement.lang}>
      <Popover
        ref={popup}
        isOpen
        triggerRef={triggerRef}
        aria-label={menu.label}
        onOpenChange={menu.onClose}
        placement="bottom end"
        className="max-h-full max-w-80 min-w-52 overflow-y-auto rounded-card border border-line bg-surface p-1.5 text-ink-900 shadow-popover"
      >
        {header}
        {menu.isRow ? <Row {...menu} /> : <List {...menu} />}
      </Popover>
    </I18nProvider>
  );
}

type EntriesProps = Omit<MenuPopupProps, 'triggerRef' | 'header'>;

function Row({ label, items = [], onAction, onClose }: EntriesProps) {
  function pick(id: string) {
    onAction(id);
    onClose();
  }
  return <MenuRow label={label} items={items} onAction={pick} />;
}

function List({ label, items = [], choices = [], onAction, onClose }: EntriesProps) {
  return (
    <Menu
      aria-label={label}
      onClose={onClose}
      onAction={(key) => onAction(String(key))}
      className="outline-none"
    >
      {items.map((item) => (
        <MenuItem
          key={item.id}
          id={item.id}
          textValue={item.label}
          className={`${ITEM} ${item.isDanger ? 'text-danger-text' : ''}`}
        >
          {item.icon}
          <span>
            <Text slot="label">{item.label}</Text>
            {item.hint && (
              <Text slot="description" className="phrases block text-xs text-ink-500">
                {item.hint}
              </Text>
            )}
          </span>
        </MenuItem>
      ))}
      {choices.map((choice) => (
        <Choice key={choice.label} choice={choice} />
      ))}
    </Menu>
  );
}

function Choice({ choice: { label, selected, items } }: { choice: MenuChoice }) {
  return (
    <MenuSection selectionMode="single" selectedKeys={[selected]} disallowEmptySelection>
      <Header className="px-2.5 pt-2 pb-1 text-xs text-ink-500">{label}</Header>
      {items.map((item) => (
        <MenuItem key={item.id} id={item.id} textValue={item.label} className={`group ${ITEM}`}>
          <Check aria-hidden className="size-4 shrink-0 opacity-0 group-data-selected:opacity-100" />
          {item.label}
        </MenuItem>
      ))}
    </MenuSection>
  );
}
