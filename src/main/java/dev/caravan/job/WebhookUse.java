package dev.caravan.job;

/**
 * How webhooks are now. Listeners of this type get it about every two seconds, on nodes that know webhooks.
 *
 * @param down how many have a receiver that is down
 */
public record WebhookUse(long down) {}
