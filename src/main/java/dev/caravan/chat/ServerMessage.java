package dev.caravan.chat;

/**
 * A message of the server itself to the subscribers of one of its own destinations.
 *
 * @param body JSON
 */
public record ServerMessage(String destination, byte[] body) implements ChatItem {}
