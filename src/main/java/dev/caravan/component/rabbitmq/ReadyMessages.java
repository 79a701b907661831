package dev.caravan.component.rabbitmq;

/** Counts the ready messages of a broker that, asked over AMQP, counts those that a consumer holds too. */
public interface ReadyMessages {
    /** How many messages of a queue no consumer holds; 0 if there is no such queue. */
    long readyMessages(String queue);
}
