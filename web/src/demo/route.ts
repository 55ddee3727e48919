// The Web SDK speaks https to a host without a port, as it does in production.
// For this page only, its requests go to the collector on this machine:
export function routeToCollector(collectorUrl: string) {
  const browserFetch = window.fetch.bind(window);
  window.fetch = (address, options) =>
    browserFetch(String(address).replace("https://playhead.invalid", collectorUrl), options);
}
