import { HandButton } from '@/features/hands';

export const buttons = [HandButton];
