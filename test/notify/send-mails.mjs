// A mail to each mail server that is named, one after the other, as a worker sends it; says in JSON what became of each.
import { LOOPBACK } from '../../dist/src/config/address-ranges.js';
import { send } from '../../dist/src/notify/send/send.js';
import { allowOutgoing } from '../../dist/src/outgoing/allowed.js';

allowOutgoing(LOOPBACK);
const message = { id: 'ntf_1', channel: 'mail', madeAt: 1n, isTest: true, resolves: null, groups: [] };
const outcomes = [];
for (const smtp of process.argv.slice(2)) {
  const target = { kind: 'email', to: 'a@example.com', from: 'b@example.com', smtp };
  outcomes.push(
    await send(target, message).then(
      () => 'sent',
      (error) => error.message,
    ),
  );
}
console.log(JSON.stringify(outcomes));
