/** What `data` may be, for messages. */
export const dataNames = 'mnist, fashion-mnist or a folder of IDX files';

/** The same for the help. */
export const dataHelp = 'mnist, fashion-mnist, or a folder with the four IDX files';
