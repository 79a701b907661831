/** STOMP over WebSocket, as far as the benchmark speaks it, and the bare fan-out, a server that does nothing else. */
package dev.caravan.bench.stomp;
