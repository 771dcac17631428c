// What the cases of all clients share: where the gateway is, what it answered, and the gates at which its simulator waits. The tests name the gateway, the
// tenant's key and the simulator in GATEWAY_URL, GATEWAY_KEY and SIMULATOR_URL.
export const { GATEWAY_URL, GATEWAY_KEY, SIMULATOR_URL } = process.env;

// The answers to all that a client sent, its own retries included, and who sees each.
export const answers = [];
export const onAnswer = [];

export async function recorded(url, init) {
  const response = await fetch(url, init);
  answers.push(response);
  for (const see of onAnswer) await see(response);
  return response;
}

export const costs = () => answers.map((response) => Number(response.headers.get('x-gateway-cost-usd')));

export const gate = (name) => ({
  open: () => fetch(`${SIMULATOR_URL}/__sim/gates/${name}/open`, { method: 'POST' }),
  async reached() {
    while ((await (await fetch(`${SIMULATOR_URL}/__sim/gates/${name}`)).json()).waiting === 0);
  },
});
