/** Of a quantity below 0: `oversold by 3`. */
export function oversoldBy(quantity: number): string {
  return `oversold by ${-quantity}`;
}

/** What a quantity below 0 means: `oversold by 3, counts as 0`. */
export function oversoldWords(quantity: number): string {
  return `${oversoldBy(quantity)}, counts as 0`;
}

/** A quantity as a supplier sent it, for people: `7`, `-3 (oversold by 3, counts as 0)`. */
export function quantityInWords(quantity: number): string {
  return quantity < 0 ? `${quantity} (${oversoldWords(quantity)})` : String(quantity);
}
