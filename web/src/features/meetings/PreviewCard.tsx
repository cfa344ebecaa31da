import { useState } from 'react';
import { Mic, MicOff, Video, VideoOff, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { isWanted, type CaptureState, type Preview } from '@/media';
import { failures, isFailure } from './capture-words';
import { VideoView } from '@/ui/VideoView';
import { PlainButton } from '@/ui/Button';
import { useOverdue } from '@/ui/useOverdue';
import { useSpoken } from '@/core/announce/useSpoken';

/** The own camera, mirrored as in a mirror, with the two switches on it and what is wrong under it. */
export function PreviewCard({ preview }: { preview: Preview }) {
  const { t } = useTranslation(['meetings', 'room']);
  const { camera, microphone } = useStore(preview.store);
  const [drawn, setDrawn] = useState<MediaStreamTrack | null>(null);
  const isDrawn = camera.track !== null && camera.track === drawn;
  const isFailed = isFailure(camera.state);
  const isAsking = useOverdue(camera.state === 'starting' || microphone.state === 'starting');
  return (
    <section aria-label={t('prejoin.preview')}>
      <div
        className={`relative flex aspect-video items-center justify-center overflow-hidden rounded-card bg-stage text-white ${
          isFailed ? 'max-md:aspect-[5/2]' : ''
        }`}
      >
        {camera.track && <VideoView track={camera.track} isMirrored onDrawn={setDrawn} />}
        {!isDrawn && (
          <p
            role="status"
            className="absolute inset-0 flex items-center justify-center bg-stage px-6 pb-14 text-center text-sm"
          >
            {t(`prejoin.video.${isFailed ? 'none' : camera.state === 'off' ? 'off' : 'starting'}`)}
          </p>
        )}
        <div className="absolute inset-x-0 bottom-4 flex justify-center gap-3">
          <Switch
            state={microphone.state}
            icon={isWanted(microphone.state) ? Mic : MicOff}
            label={t(isWanted(microphone.state) ? 'prejoin.mute' : 'prejoin.unmute')}
            onPress={() => void preview.toggle('microphone')}
          />
          <Switch
            state={camera.state}
            icon={isWanted(camera.state) ? Video : VideoOff}
            label={t(isWanted(camera.state) ? 'prejoin.stop_video' : 'prejoin.start_video')}
            onPress={() => void preview.toggle('camera')}
          />
        </div>
      </div>
      {isAsking && <Hint>{t('prejoin.state.prompt')}</Hint>}
      {camera.isReplaced && <Hint>{t('room:unplugged.camera')}</Hint>}
      {microphone.isReplaced && <Hint>{t('room:unplugged.microphone')}</Hint>}
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
  state: CaptureState;
  icon: LucideIcon;
  label: string;
  onPress: () => void;
}

/** While its device opens it is neither on nor off; a press takes the opening back. */
function Switch({ state, icon: Icon, label, onPress }: SwitchProps) {
  const look = { on: 'bg-white text-stage hover:bg-white/90', starting: 'bg-stage-3 text-white' };
  return (
    <PlainButton
      aria-label={label}
      aria-busy={state === 'starting'}
      isDisabled={state === 'insecure'}
      onPress={onPress}
      className={`flex size-12 items-center justify-center rounded-full transition-colors disabled:opacity-60 ${
        state === 'on' || state === 'starting' ? look[state] : 'bg-danger text-white'
      }`}
    >
      <Icon aria-hidden className={`size-5 ${state === 'starting' ? 'animate-pulse' : ''}`} />
    </PlainButton>
  );
}
