/** How a text may be marked, for a terminal or a page. The default leaves it plain. */
export type PaintRole = 'heading' | 'label' | 'bad' | 'dim';

export type Paint = (role: PaintRole, text: string) => string;

export const PLAIN: Paint = (_role, text) => text;
