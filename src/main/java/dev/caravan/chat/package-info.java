/**
 * The chat: who is connected and what they subscribed to, one handler for each command of STOMP, what may be said, and
 * what all nodes know of each other's rooms. How messages flow between these is in the routes {@code chat-…}.
 */
package dev.caravan.chat;
