package dev.caravan.chat.session;

/**
 * A new subscription asks for the last messages of its room.
 *
 * @param most how many
 * @param receipt what the RECEIPT after them names; null for no RECEIPT
 */
public record HistoryRequest(Subscription subscription, String roomId, int most, String receipt) {}
