const JSON_TYPE = 'application/json';
export const CLOUD_EVENT_TYPE = 'application/cloudevents+json';
export const CLOUD_EVENTS_BATCH_TYPE = 'application/cloudevents-batch+json';

export const DELIVERY_TYPES = [JSON_TYPE, CLOUD_EVENT_TYPE, CLOUD_EVENTS_BATCH_TYPE] as const;

export type DeliveryType = (typeof DELIVERY_TYPES)[number];

/** The media type of a delivery; undefined for any other, and for a character set that is not UTF-8. */
export function deliveryType(contentType: string | undefined): DeliveryType | undefined {
  const [essence = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const otherCharset = parameters.some((parameter) => {
    const [name = '', value = ''] = parameter.split('=');
    return name.trim() === 'charset' && !/^"?utf-?8"?$/.test(value.trim());
  });
  if (otherCharset) return undefined;
  return DELIVERY_TYPES.find((type) => type === essence.trim());
}

export function isJsonType(contentType: string): boolean {
  return deliveryType(contentType) === JSON_TYPE;
}
