package dev.caravan.component.rabbitmq;

/** A queue exists on the broker, but not as Caravan and the services around it declare it. */
class TopologyMismatch extends RuntimeException {
    private final String queue;

    TopologyMismatch(String queue, String difference, Throwable cause) {
        super("Queue '" + queue + "' exists on the broker with other properties: " + difference, cause);
        this.queue = queue;
    }

    String queue() {
        return queue;
    }
}
