/** Said of an event beside which its supplier sent another of the item, for the same moment, in the same delivery. */
export const SAME_MOMENT =
  'the same item twice at the same moment without a location: two warehouses? name them in `location`';
