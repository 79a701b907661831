/**
 * What a job is: its states and legal transitions, its messages and types, and the attempts of workers. Packages below are
 * internal: {@code store} keeps jobs in Redis, {@code updates} publishes what happens to them, {@code control} is what people do to
 * them, {@code log} takes what
 * handlers log, {@code http} is their REST contract, {@code recovery} finds those that nobody runs. {@code routes/engine/job*.camel.yaml} joins them.
 */
package dev.caravan.job;
