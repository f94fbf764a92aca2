import type { StorefrontListed } from '../api/types.ts';
import { Badge, StateBadge } from '../parts/badge.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { isLeftAlone } from './in-words.ts';
import { useStorefronts } from './use-storefronts.ts';

/** A line for each storefront: whether it is open, and whether something is wrong with it. */
export function StorefrontsInShort({ tenant }: { tenant: string }) {
  const { data, problem } = useStorefronts(tenant);
  // The page that it leads to says what is the matter.
  if (data === undefined) return problem ? <All tenant={tenant} /> : null;
  if (data.storefronts.length === 0) return null;
  return (
    <div>
      <All tenant={tenant} />
      <ul class="suppliers">
        {data.storefronts.map((one) => (
          <li key={one.name}>
            {one.name} <StateBadge state={one.state} /> <InShort one={one} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function All({ tenant }: { tenant: string }) {
  return <Link href={paths.storefronts(tenant)}>Storefronts and what waits for each</Link>;
}

function InShort({ one }: { one: StorefrontListed }) {
  const { kind, waiting, calls } = one;
  const waits = waiting === null || waiting === 0 ? '' : `, ${waiting.toLocaleString()} to tell`;
  return (
    <>
      <span class="soft">
        {kind}
        {waits}
      </span>{' '}
      {isLeftAlone(one) && <Badge tone="bad">{`${calls.failedInARow} calls failed in a row`}</Badge>}
    </>
  );
}
