import { Mic, MicOff, MonitorUp, PhoneOff, UsersRound, Video, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';

interface Person {
  name: 'first' | 'second' | 'third' | 'fourth' | 'fifth' | 'sixth';
  ground: string;
  hair: string;
  skin: string;
  clothes: string;
  hasLongHair: boolean;
  isMuted: boolean;
}

const PEOPLE: readonly Person[] = [
  {
    name: 'first',
    ground: 'fill-[#27405f]',
    hair: 'fill-[#1b1414]',
    skin: 'fill-[#efc4a4]',
    clothes: 'fill-[#e9eef6]',
    hasLongHair: true,
    isMuted: false,
  },
  {
    name: 'second',
    ground: 'fill-[#33406d]',
    hair: 'fill-[#20181a]',
    skin: 'fill-[#e6b592]',
    clothes: 'fill-[#1d5bff]',
    hasLongHair: false,
    isMuted: false,
  },
  {
    name: 'third',
    ground: 'fill-[#4a3a55]',
    hair: 'fill-[#b7803f]',
    skin: 'fill-[#f3cfb3]',
    clothes: 'fill-[#d97757]',
    hasLongHair: true,
    isMuted: true,
  },
  {
    name: 'fourth',
    ground: 'fill-[#3d4a3e]',
    hair: 'fill-[#2b2320]',
    skin: 'fill-[#dba880]',
    clothes: 'fill-[#8aa37b]',
    hasLongHair: false,
    isMuted: true,
  },
  {
    name: 'fifth',
    ground: 'fill-[#52443a]',
    hair: 'fill-[#171212]',
    skin: 'fill-[#efc4a4]',
    clothes: 'fill-[#f2c86b]',
    hasLongHair: true,
    isMuted: true,
  },
  {
    name: 'sixth',
    ground: 'fill-[#2c4a50]',
    hair: 'fill-[#3a2a22]',
    skin: 'fill-[#e6b592]',
    clothes: 'fill-[#3f4b5c]',
    hasLongHair: false,
    isMuted: true,
  },
];

const SPEAKER = 'second';
const BUTTONS: readonly LucideIcon[] = [Mic, Video, MonitorUp, UsersRound];

/** A meeting as it looks in the room, drawn rather than photographed. */
export function DrawnMeeting() {
  const { t } = useTranslation('landing');
  return (
    <div role="img" aria-label={t('drawing.label')} className="rounded-hero bg-stage p-3 shadow-hero">
      <div className="grid grid-cols-3 gap-2">
        {PEOPLE.map((person) => (
          <Tile key={person.name} person={person} />
        ))}
      </div>
      <div className="mt-3 flex h-12 items-center justify-center gap-2 rounded-field bg-stage-2">
        {BUTTONS.map((Icon, place) => (
          <span
            key={place}
            className="flex h-8 w-9 items-center justify-center rounded-tile bg-stage-3 text-white"
          >
            <Icon className="size-4" />
          </span>
        ))}
        <span className="ml-2 flex h-8 w-12 items-center justify-center rounded-tile bg-danger text-white">
          <PhoneOff className="size-4" />
        </span>
      </div>
    </div>
  );
}

function Tile({ person }: { person: Person }) {
  const { t } = useTranslation('landing');
  const glow = person.name === SPEAKER ? 'shadow-speaking' : '';
  return (
    <div className={`relative overflow-hidden rounded-tile ${glow}`}>
      <svg viewBox="0 0 160 90" className="block w-full">
        <rect width="160" height="90" className={person.ground} />
        {person.hasLongHair && <rect x="59" y="22" width="42" height="52" rx="20" className={person.hair} />}
        <path d="M38 92c2-22 18-30 42-30s40 8 42 30z" className={person.clothes} />
        <rect x="72" y="50" width="16" height="18" rx="8" className={person.skin} />
        <ellipse cx="80" cy="40" rx="17" ry="19" className={person.skin} />
        <path d="M62 40c-2-17 8-24 18-24s20 7 18 24c-3-8-9-12-18-12s-15 4-18 12z" className={person.hair} />
      </svg>
      <span className="absolute bottom-1.5 left-1.5 flex items-center gap-1 rounded-tile bg-stage/75 px-1.5 py-0.5 text-[0.6875rem]/none text-white">
        {person.isMuted && <MicOff className="size-3" />}
        {t(`drawing.${person.name}`)}
      </span>
    </div>
  );
}
