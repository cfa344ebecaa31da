import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/Button';

interface CodeButtonProps {
  /** Until a new code may be asked for; 0 = now. */
  seconds: number;
  /** A code was asked for before: the word is 重新获取. */
  isAgain: boolean;
  isPending: boolean;
  onPress: () => void;
}

/** 获取验证码, which counts down in place and then offers 重新获取. */
export function CodeButton({ seconds, isAgain, isPending, onPress }: CodeButtonProps) {
  const { t } = useTranslation('accounts');
  const word = isAgain ? t('code.again') : t('code.get');
  return (
    <Button isDisabled={seconds > 0} isPending={isPending} onPress={onPress} className="figures min-w-33">
      {seconds > 0 ? t('code.wait', { count: seconds }) : word}
    </Button>
  );
}
