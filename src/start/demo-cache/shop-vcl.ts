import { INSTANCE_HEADER } from '../../process/instance.ts';

/** Has Varnish keep the product pages of the demo storefront until it is told to throw one away, by PURGE. */
export function shopVcl(shopUrl: string, instance: string): string {
  const { hostname, port } = new URL(shopUrl);
  return `vcl 4.1;

backend shop {
  .host = "${hostname.replace(/^\[(.*)\]$/, '$1')}";
  .port = "${port}";
}

sub vcl_recv {
  # Links write the colon of an item id in either way: it is one page.
  set req.url = regsuball(req.url, "(?i)%3A", ":");
  if (req.method == "PURGE") { return (purge); }
  if (req.method == "GET" && req.url ~ "^/products/") { return (hash); }
  return (pass);
}

sub vcl_hash {
  # By whatever name it is asked.
  hash_data(req.url);
  return (lookup);
}

sub vcl_backend_response {
  # The demo storefront says "no-store" of what it keeps itself.
  set beresp.ttl = 1h;
  set beresp.uncacheable = beresp.status != 200;
  return (deliver);
}

sub vcl_deliver { set resp.http.${INSTANCE_HEADER} = "${instance}"; }
`;
}
