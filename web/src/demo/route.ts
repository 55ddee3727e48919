// The Web SDK speaks https to a host without a port, as it
// does in production. Here, its requests go to the collector
// on this machine:
const SDK_ADDRESS = "https://playhead.invalid";

export function routeToCollector(collector: string) {
  const send = window.fetch.bind(window);
  window.fetch = (address, options) =>
    send(String(address).replace(SDK_ADDRESS, collector), options);
}
