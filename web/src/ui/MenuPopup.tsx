import { useEffect, useRef, type RefObject } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import type { MenuProps } from './Menu';

interface MenuPopupProps extends Omit<MenuProps, 'trigger'> {
  triggerRef: RefObject<HTMLButtonElement | null>;
  onClose: () => void;
}

export default function MenuPopup({ triggerRef, label, header, items, onAction, onClose }: MenuPopupProps) {
  const menu = useRef<HTMLDivElement>(null);

  useEffect(() => {
    // React Aria's own autoFocus stops at the menu when the popover opens for a second time.
    const frame = requestAnimationFrame(() =>
      menu.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus(),
    );
    return () => cancelAnimationFrame(frame);
  }, []);

  return (
    <I18nProvider locale={document.documentElement.lang}>
      <Popover
        isOpen
        triggerRef={triggerRef}
        onOpenChange={onClose}
        placement="bottom end"
        className="min-w-52 rounded-card border border-line bg-surface p-1.5 text-ink-900 shadow-popover"
      >
        {header}
        <Menu
          ref={menu}
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
              className={`flex h-10 cursor-pointer items-center gap-2.5 rounded-tile px-2.5 text-sm outline-none data-focused:bg-hover ${item.isDanger ? 'text-danger-text' : ''}`}
            >
              {item.icon}
              {item.label}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </I18nProvider>
  );
}
