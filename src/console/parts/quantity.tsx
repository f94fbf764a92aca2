import { oversoldWords } from '../../domain/quantity.ts';

/** What an event says; below 0 with what that means. */
export function Quantity({ of: quantity }: { of: number }) {
  return (
    <>
      {quantity.toLocaleString()}
      {quantity < 0 && <div class="soft">({oversoldWords(quantity)})</div>}
    </>
  );
}
