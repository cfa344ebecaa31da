import { useTranslation } from 'react-i18next';
import { Checkbox } from '@/ui/Checkbox';
import { ConsentWords } from './ConsentWords';

interface ConsentLineProps {
  isGiven: boolean;
  onChange: (isGiven: boolean) => void;
  /** For a line that appears only when it has become necessary. */
  autoFocus?: boolean;
}

/** 我已阅读并同意《用户协议》《隐私政策》: never ticked by us. */
export function ConsentLine({ isGiven, onChange, autoFocus = false }: ConsentLineProps) {
  const { t } = useTranslation('policy');
  return (
    <Checkbox isSelected={isGiven} onChange={onChange} autoFocus={autoFocus}>
      <ConsentWords before={t('consent.read')} />
    </Checkbox>
  );
}
