/** The types of the API, from the very schemas that its OpenAPI document is made from. */
export type { AliasesImported, AliasList, UnknownSkus } from '../../http/routes/aliases-schema.ts';
export type { AuditList } from '../../http/routes/audit-schema.ts';
export type { Events } from '../../http/routes/events-schema.ts';
export type { FailureModes } from '../../http/routes/failure-modes-schema.ts';
export type {
  Feed,
  FeedList,
  FeedRun,
  FeedRunAsked,
  FeedRunList,
  FeedRunShown,
} from '../../http/routes/feeds-schema.ts';
export type { Correction, Void } from '../../http/routes/fixes-schema.ts';
export type { GateStatus, MissingCondition, RollbackAnswer } from '../../http/routes/gate-schema.ts';
export type { OwnEvents } from '../../http/routes/own-events-schema.ts';
export type { RefusedDeliveries } from '../../http/routes/refused-schema.ts';
export type { FeedPreview } from '../../http/routes/preview-feed-schema.ts';
export type {
  Replay,
  ReplayList,
  ReplayPrediction,
  ReplayRequestBody,
  ReplayWithItems,
} from '../../http/routes/replay-schema.ts';
export type { SearchHits } from '../../http/routes/search-schema.ts';
export type { Session, SignIn } from '../../http/routes/session-schema.ts';
export type { Sessions } from '../../http/routes/sessions-schema.ts';
export type { Refusal, SignInMethods } from '../../http/routes/sign-in-methods-schema.ts';
export type { Storefronts } from '../../http/routes/storefronts-schema.ts';
export type { Tenants } from '../../http/routes/tenants-schema.ts';
export type { TraceAnswer } from '../../http/routes/trace-schema.ts';

import type { GateStatus, MissingCondition } from '../../http/routes/gate-schema.ts';
import type { Storefronts } from '../../http/routes/storefronts-schema.ts';
import type { Tenants } from '../../http/routes/tenants-schema.ts';
import type { TraceAnswer } from '../../http/routes/trace-schema.ts';

export type Tenant = Tenants['tenants'][number];
export type TraceItem = NonNullable<TraceAnswer['item']>;
export type TraceEvent = TraceAnswer['events'][number];
export type TraceVersion = TraceAnswer['versions'][number];
export type Outcome = TraceEvent['outcome'];
export type GateSignal = GateStatus['signals'][number];
export type StorefrontListed = Storefronts['storefronts'][number];
export type Verdict = GateStatus['verdict'];
export type Missing = MissingCondition;
