import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Preview } from '@/media';
import { failures, isFailure } from './capture-words';
import { VideoView } from '@/ui/VideoView';
import { PlainButton } from '@/ui/Button';
import { useOverdue } from '@/ui/useOverdue';
import { useSpoken } from '@/core/announce/useSpoken';

/** The own camera, mirrored as in a mirror, with the two switches on it and what is wrong under it. */
export function PreviewCard({ preview }: { preview: Preview }) {
  const { t } = useTranslation('meetings');
  const { camera, microphone } = useStore(preview.store);
  const isInsecure = camera.state === 'insecure';
  const isFailed = isFailure(camera.state);
  const isAsking = useOverdue(camera.state === 'starting' || microphone.state === 'starting');
  return (
    <section aria-label={t('prejoin.preview')}>
      <div
        className={`relative flex aspect-video items-center justify-center overflow-hidden rounded-card bg-stage text-white ${
          isFailed ? 'max-md:aspect-[5/2]' : ''
        }`}
      >
        {camera.track ? (
          <VideoView track={camera.track} isMirrored />
        ) : (
          <p role="status" className="px-6 pb-14 text-center text-sm text-white">
            {t(`prejoin.video.${isFailed ? 'none' : camera.state === 'off' ? 'off' : 'starting'}`)}
          </p>
        )}
        <div className="absolute inset-x-0 bottom-4 flex justify-center gap-3">
          <Switch
            isOn={microphone.track !== null}
            isDisabled={isInsecure}
            label={t(microphone.track ? 'prejoin.mute' : 'prejoin.unmute')}
            onPress={() => void preview.toggle('microphone')}
          >
            {microphone.track ? (
              <Mic aria-hidden className="size-5" />
            ) : (
              <MicOff aria-hidden className="size-5" />
            )}
          </Switch>
          <Switch
            isOn={camera.track !== null}
            isDisabled={isInsecure}
            label={t(camera.track ? 'prejoin.stop_video' : 'prejoin.start_video')}
            onPress={() => void preview.toggle('camera')}
          >
            {camera.track ? (
              <Video aria-hidden className="size-5" />
            ) : (
              <VideoOff aria-hidden className="size-5" />
            )}
          </Switch>
        </div>
      </div>
      {isAsking && <Hint>{t('prejoin.state.prompt')}</Hint>}
      {failures(camera.state, microphone.state).map((word) => (
        <Hint key={word}>{t(`prejoin.state.${word}`)}</Hint>
      ))}
    </section>
  );
}

function Hint({ children }: { children: string }) {
  useSpoken(children);
  return <p className="mt-3 rounded-field bg-warn-ground px-4 py-2.5 text-xs text-warn">{children}</p>;
}

interface SwitchProps {
  isOn: boolean;
  isDisabled: boolean;
  label: string;
  onPress: () => void;
  children: ReactNode;
}

function Switch({ isOn, isDisabled, label, onPress, children }: SwitchProps) {
  return (
    <PlainButton
      aria-label={label}
      isDisabled={isDisabled}
      onPress={onPress}
      className={`flex size-12 items-center justify-center rounded-full transition-colors disabled:opacity-60 ${
        isOn ? 'bg-white text-stage hover:bg-white/90' : 'bg-danger text-white'
      }`}
    >
      {children}
    </PlainButton>
  );
}
