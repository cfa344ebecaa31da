import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { devices, watchDevices } from '@/media';
import { useRoom } from './context';
import { deviceChoices, readChoice, type DeviceKind } from './devices';

/** The devices of these kinds, and what a choice among them does. It holds from the moment it is made. */
export function useDeviceChoices(kinds: readonly DeviceKind[]) {
  const { t } = useTranslation('room');
  const room = useRoom();
  const found = useStore(devices);
  const chosen = useStore(room.view, ({ sending }) => sending.devices);
  useEffect(watchDevices, []);
  const choices = deviceChoices(kinds, found, chosen, t('devices.default'));

  function choose(id: string) {
    const { kind, device } = readChoice(id);
    void room.pickDevice(kind, device);
  }

  return { choices: choices.map((choice) => ({ ...choice, label: t(`devices.${choice.kind}`) })), choose };
}
