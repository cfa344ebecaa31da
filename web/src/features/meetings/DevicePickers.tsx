import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { devices, type Device, type Preview } from '@/media';
import { Select } from '@/ui/Select';

/** 麦克风 (with its level), 摄像头, 扬声器. A list that the browser does not give is not drawn. */
export function DevicePickers({ preview }: { preview: Preview }) {
  const { t } = useTranslation('room');
  const { microphones, cameras, speakers } = useStore(devices);
  const { microphone, camera, speaker } = useStore(preview.store);
  const options = (list: readonly Device[]) => [
    { value: '', label: t('devices.default') },
    ...list.map(({ id, label }) => ({ value: id, label })),
  ];
  return (
    <div className="flex flex-col gap-4">
      <div>
        <Select
          label={t('devices.microphone')}
          value={microphone.device}
          options={options(microphones)}
          isDisabled={microphones.length === 0}
          onChange={(id) => void preview.pick('microphone', id)}
        />
        <Meter preview={preview} />
      </div>
      <Select
        label={t('devices.camera')}
        value={camera.device}
        options={options(cameras)}
        isDisabled={cameras.length === 0}
        onChange={(id) => void preview.pick('camera', id)}
      />
      {speakers.length > 0 && (
        <Select
          label={t('devices.speaker')}
          value={speaker}
          options={options(speakers)}
          onChange={(id) => preview.pickSpeaker(id)}
        />
      )}
    </div>
  );
}

function Meter({ preview }: { preview: Preview }) {
  const { t } = useTranslation('meetings');
  const level = useStore(preview.level, ({ value }) => Math.round(value * 100));
  return (
    <div
      role="meter"
      aria-label={t('prejoin.level')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={level}
      className="mt-3 h-1.5 overflow-hidden rounded-full bg-line"
    >
      <div className="h-full rounded-full bg-ok" style={{ width: `${level}%` }} />
    </div>
  );
}
