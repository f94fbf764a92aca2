import { formatAddressRanges, LOOPBACK } from '../../src/config/address-ranges.ts';
import { allowOutgoing } from '../../src/outgoing/allowed.ts';

// The tests' storefronts are on this machine; the processes that tests start get the same by their environment.
allowOutgoing(LOOPBACK);
process.env.OUTGOING_ALLOW = formatAddressRanges(LOOPBACK);
