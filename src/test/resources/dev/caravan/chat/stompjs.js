// @stomp/stompjs against a running server: node stompjs.js <url> <case>. Ends with 0 if the case holds.
'use strict';
const assert = require('node:assert');
const { Client, Versions } = require('./stomp.umd.js');
const WebSocket = require('./websocket.js');

const [url, name] = process.argv.slice(2);
const SAY = '/send-endpoint/ws/chat';
const room = `room-${process.pid}`;
const destination = `/receive-endpoint/${room}`;

function promised() {
  const it = {};
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }));
  return it;
}

/** A client that is connected, and what it could not place. */
async function connect(options = {}) {
  const connected = promised();
  const client = new Client({
    webSocketFactory: () => new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp']),
    reconnectDelay: 0,
    heartbeatIncoming: 0,
    heartbeatOutgoing: 0,
    onConnect: connected.resolve,
    onStompError: (frame) => connected.reject(new Error(frame.headers.message)),
    onWebSocketClose: () => connected.reject(new Error('closed')),
    onUnhandledMessage: (frame) => { throw new Error(`unhandled: ${frame}`); },
    onUnhandledReceipt: (frame) => { throw new Error(`unhandled: ${frame}`); },
    onUnhandledFrame: (frame) => { throw new Error(`unhandled: ${frame}`); },
    ...options,
  });
  client.activate();
  client.connectedFrame = await connected.promise;
  return client;
}

/** Messages as they come; next() waits for one. */
function subscribe(client, headers = {}, to = destination) {
  const came = [], waiting = [];
  const subscription = client.subscribe(
    to, (message) => (waiting.length ? waiting.shift()(message) : came.push(message)), headers);
  return {
    came,
    unsubscribe: (more) => subscription.unsubscribe(more),
    next: () => (came.length ? Promise.resolve(came.shift()) : new Promise((resolve) => waiting.push(resolve))),
  };
}

let receipts = 0;
function receipt(client, send) {
  const id = `receipt-${++receipts}`;
  return new Promise((resolve) => {
    client.watchForReceipt(id, resolve);
    send({ receipt: id });
  });
}

const body = (message) => JSON.stringify({ roomId: room, sender: 'node', message });
const say = (client, message, headers = {}) => client.publish({ destination: SAY, body: body(message), headers });
const said = (message) => JSON.parse(message.body).message;

async function talks(version) {
  const client = await connect({ stompVersions: new Versions([version]) });
  assert.equal(client.connectedVersion, version);
  const room1 = subscribe(client);
  say(client, 'h\u00e9llo: \uD83D\uDC2B\n');
  const message = await room1.next();
  assert.deepEqual(Object.keys(JSON.parse(message.body)), ['roomId', 'sender', 'message', 'time']);
  assert.equal(said(message), 'h\u00e9llo: \uD83D\uDC2B\n');
  assert.equal(message.headers.destination, destination);
  return client;
}

const cases = {
  'talks-1.0': () => talks(Versions.V1_0),
  'talks-1.1': () => talks(Versions.V1_1),
  'talks-1.2': () => talks(Versions.V1_2),

  async receipts() {
    const client = await connect();
    const messages = [];
    await receipt(client, (headers) => client.subscribe(destination, (message) => messages.push(message), { id: 'a:b', ...headers }));
    await receipt(client, (headers) => say(client, 'one', headers));
    await receipt(client, (headers) => client.unsubscribe('a:b', headers));
    await receipt(client, (headers) => say(client, 'two', headers));
    const other = subscribe(client);
    say(client, 'three');
    let next = said(await other.next());
    if (next === 'two') next = said(await other.next()); // its receipt says that it is on its way, no more
    assert.equal(next, 'three');
    assert.ok(messages.length <= 1);
    return client;
  },

  async acknowledges() {
    const client = await connect();
    const messages = subscribe(client, { ack: 'client-individual', 'prefetch-count': '1' });
    for (const text of ['1', '2', '3', '4']) say(client, text);
    const first = await messages.next();
    await receipt(client, (headers) => say(client, '5', headers));
    assert.equal(messages.came.length, 0);
    first.ack();
    const second = await messages.next();
    assert.equal(said(second), '2');
    second.nack();
    assert.equal(said(await messages.next()), '3');
    return client;
  },

  async transactions() {
    const client = await connect();
    const messages = subscribe(client);
    const aborted = client.begin();
    say(client, 'aborted', { transaction: aborted.id });
    aborted.abort();
    const committed = client.begin();
    say(client, 'committed', { transaction: committed.id });
    say(client, 'outside');
    assert.equal(said(await messages.next()), 'outside');
    committed.commit();
    assert.equal(said(await messages.next()), 'committed');
    return client;
  },

  async binary() {
    const client = await connect({ forceBinaryWSFrames: true });
    const messages = subscribe(client);
    client.publish({ destination: SAY, binaryBody: new TextEncoder().encode(body('as bytes')) });
    assert.equal(said(await messages.next()), 'as bytes');
    client.publish({ destination: SAY, body: body('without length'), skipContentLengthHeader: true });
    assert.equal(said(await messages.next()), 'without length');
    return client;
  },

  async 'large-frames'() {
    const client = await connect({ splitLargeFrames: true, maxWebSocketChunkSize: 100 });
    const messages = subscribe(client);
    say(client, 'x'.repeat(4000));
    assert.equal(said(await messages.next()).length, 4000);
    return client;
  },

  async 'heart-beats'() {
    const client = await connect({ heartbeatIncoming: 1000, heartbeatOutgoing: 1000 });
    await new Promise((resolve) => setTimeout(resolve, 4500));
    assert.ok(client.connected);
    const messages = subscribe(client);
    say(client, 'still here');
    assert.equal(said(await messages.next()), 'still here');
    return client;
  },

  async refused() {
    const error = promised();
    const client = await connect({ onStompError: error.resolve });
    const closed = new Promise((resolve) => (client.onWebSocketClose = resolve));
    client.publish({ destination, body: body('forged') });
    const frame = await error.promise;
    assert.match(frame.headers.message, /Only the server sends/);
    assert.equal((await closed).code, 1008);
    return client;
  },

  async history() {
    const client = await connect();
    const first = subscribe(client);
    say(client, 'one');
    say(client, 'two');
    await first.next();
    await first.next();
    const second = subscribe(client, { history: '10' });
    assert.equal(said(await second.next()), 'one');
    assert.equal(said(await second.next()), 'two');
    return client;
  },

  async disconnects() {
    const gone = promised();
    const client = await connect({ onDisconnect: gone.resolve });
    const closed = new Promise((resolve) => (client.onWebSocketClose = resolve));
    await client.deactivate();
    await gone.promise;
    assert.ok((await closed).wasClean);
    return client;
  },
};

cases[name]().then(async (client) => {
  await client.deactivate();
  console.log(`ok ${name}`);
  process.exit(0);
}, (error) => {
  console.error(error);
  process.exit(1);
});
