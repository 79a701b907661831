/** Vert.x' own STOMP server behind its WebSocket bridge, with its defaults: every destination is a topic in its memory. */
package dev.caravan.bench.vertx;
