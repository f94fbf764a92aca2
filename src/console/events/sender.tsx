import { Foreign } from '../parts/foreign-text.tsx';

/** Who sent an event, and of which place it speaks. */
export function Sender({
  event: { supplier, location },
}: {
  event: { supplier: string; location: string | null };
}) {
  return (
    <>
      {supplier}
      {location !== null && (
        <div class="soft">
          at <Foreign text={location} />
        </div>
      )}
    </>
  );
}
