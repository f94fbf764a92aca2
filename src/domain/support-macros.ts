import type { FailureMode } from './failure-modes.ts';

/**
 * What support may write to whoever asks, by failure mode. What stands in braces is filled in from the item's page:
 * look the SKU or the event up, and copy its answer.
 */
export const SUPPORT_MACROS: Record<FailureMode, string> = {
  malformed_sku:
    'Your event {event id} was received but not applied, because its SKU "{sku}" is not one that we agreed on. ' +
    'Please send it again with the right SKU and a new id. Nothing else is needed: the event is kept in our records.',
  clock_drift:
    'Your event {event id} was received but not applied, because its updatedAt {time} lies in the future. ' +
    'Please check the clock of the system that sent it, then send the event again with a new id.',
  duplicate_event:
    'Your event {event id} arrived more than once. It was applied once, with the content of its first delivery, so ' +
    'nothing is wrong with the quantity. Please look at whether our answers (202) reach you.',
  conflicting_event:
    'Your event {event id} was refused (409), because an event with the same id and another content came before it, and ' +
    'that one stays. Please send the new content with an id of its own.',
  unknown_sku:
    'Your event {event id} was received and waits, because we do not know yet what your code "{code}" is. Please tell us which ' +
    'article it is, and how many pieces one of your units holds. Nothing has to be sent again: it counts once we know.',
  feed_held:
    'Your file {file} of {time} came, and waits for us to look at it before anything of it counts: {reason}. If it is as it ' +
    'should be, please tell us; if not, please send it again. Until then, the quantities stay as they were.',
  feed_unreadable:
    'Your file {file} of {time} could not be read, and nothing of it counts: {reason}. Please send it again. ' +
    'Until then, the quantities stay as they were.',
  supplier_silent:
    'Nothing has come from you since {time}, so the shop shows quantities of that time. Please look at whether your export ' +
    'still runs, and send the newest file.',
  stale_catalog_version:
    'Your event {event id} was received, and another event of the same item is the newer one: {answer}. ' +
    'If yours should count, please check its updatedAt and send a new event.',
  transaction_timeout:
    'Your event {event id} was received and is kept, but could not be saved for {duration} because of a fault on our ' +
    'side. It is being sent through again; the quantity will be right within minutes. We are sorry.',
  publish_rejected:
    'The catalog has the right quantity of {sku}, but the shop refused to show it: {reason}. The shop’s team is on it; ' +
    'nothing has to be sent again.',
  storefront_unreachable:
    'The catalog has the right quantity of {sku}, but the shop could not be reached since {time}, so its page may ' +
    'show an older one. It will be brought up to date as soon as the shop answers; nothing has to be sent again.',
  old_quantity_shown:
    'You are right: the page of {sku} showed an older quantity than the catalog’s, which is {quantity}, as of {time}. ' +
    'We have asked the shop’s team to refresh the page, and go on watching it.',
  wrong_quantity_shown:
    'You are right: the page of {sku} showed a quantity that never came from the catalog, which says {quantity}, as of ' +
    '{time}. It is being written anew, and we have asked the shop’s team where it came from.',
  untraceable_event:
    'We have your event {event id} but cannot yet say what became of it. Engineering looks into it; we will come back ' +
    'to you by {time} with an answer.',
};
