/** What a table has under a word that somebody else wrote; undefined for words that every object knows, such as `constructor`. */
export const lookup = (table, word) => (table && Object.hasOwn(table, word) ? table[word] : undefined);
