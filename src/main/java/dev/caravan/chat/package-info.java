/**
 * The chat: its messages, who may publish them, and the JSON of the wire. The packages below it are its own business:
 * {@code session} (connections, STOMP frames, subscriptions), {@code cluster} (what the nodes tell each other) and
 * {@code history}. The routes {@code chat-…} say how messages flow between these.
 */
package dev.caravan.chat;
