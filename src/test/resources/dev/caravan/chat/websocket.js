// A WebSocket for a Node that has none (before 22): as much of RFC 6455 as one client of one test needs.
'use strict';
const crypto = require('node:crypto');
const http = require('node:http');

const CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9;

class Socket {
  constructor(url, protocols) {
    this.url = url;
    this.readyState = 0;
    this.binaryType = 'arraybuffer';
    this.read = Buffer.alloc(0);
    this.parts = [];
    const request = http.get(url.replace(/^ws/, 'http'), {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': crypto.randomBytes(16).toString('base64'),
        ...(protocols?.length ? { 'Sec-WebSocket-Protocol': [].concat(protocols).join(', ') } : {}),
      },
    });
    request.on('upgrade', (response, socket, first) => {
      this.socket = socket;
      this.protocol = response.headers['sec-websocket-protocol'] ?? '';
      this.readyState = 1;
      socket.on('data', (bytes) => this.came(bytes));
      socket.on('close', () => this.ended(this.code ?? 1006, ''));
      socket.on('error', () => {});
      this.onopen?.({});
      if (first.length) this.came(first);
    });
    request.on('response', (response) => this.failed(`status ${response.statusCode}`));
    request.on('error', (error) => this.failed(error.message));
  }

  failed(message) {
    this.onerror?.({ message });
    this.ended(1006, message);
  }

  ended(code, reason) {
    if (this.readyState !== 3) {
      this.readyState = 3;
      this.onclose?.({ code, reason, wasClean: code !== 1006 });
    }
  }

  came(bytes) {
    this.read = Buffer.concat([this.read, bytes]);
    for (;;) {
      if (this.read.length < 2) return;
      let length = this.read[1] & 127, head = 2;
      if (length > 125) head += length === 126 ? 2 : 8;
      if (this.read.length < head) return;
      if (length === 126) length = this.read.readUInt16BE(2);
      else if (length === 127) length = Number(this.read.readBigUInt64BE(2));
      if (this.read.length < head + length) return;
      const first = this.read[0], payload = this.read.subarray(head, head + length);
      this.read = this.read.subarray(head + length);
      this.frame((first & 128) !== 0, first & 15, payload);
    }
  }

  frame(last, opcode, payload) {
    if (opcode === CLOSE) {
      this.code = payload.length ? payload.readUInt16BE(0) : 1005;
      if (this.readyState === 1) this.write(CLOSE, payload);
      this.socket.end();
      return;
    }
    if (opcode === PING) return this.write(10, payload);
    if (opcode > PING) return;
    if (opcode !== CONTINUATION) this.kind = opcode;
    this.parts.push(payload);
    if (!last) return;
    const whole = Buffer.concat(this.parts);
    this.parts = [];
    this.onmessage?.({ data: this.kind === TEXT ? whole.toString() : Uint8Array.from(whole).buffer });
  }

  write(opcode, payload) {
    const length = payload.length;
    const head = length < 126 ? Buffer.alloc(2) : length < 65536 ? Buffer.alloc(4) : Buffer.alloc(10);
    head[0] = 128 | opcode;
    head[1] = 128 | (length < 126 ? length : length < 65536 ? 126 : 127);
    if (head.length === 4) head.writeUInt16BE(length, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
    const mask = crypto.randomBytes(4);
    const masked = Buffer.from(payload);
    for (let i = 0; i < length; i++) masked[i] ^= mask[i & 3];
    this.socket.write(Buffer.concat([head, mask, masked]));
  }

  send(data) {
    this.write(typeof data === 'string' ? TEXT : BINARY, typeof data === 'string' ? Buffer.from(data) : Buffer.from(data));
  }

  close(code = 1000) {
    if (this.readyState !== 1) return;
    this.readyState = 2;
    this.code = code;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code, 0);
    this.write(CLOSE, payload);
  }
}

module.exports = globalThis.WebSocket ?? Socket;
