package dev.caravan.component;

/** Whether this node may begin new work. Asked before each message of a queue of work; thread-safe, and does not block. */
@FunctionalInterface
public interface WorkGate {
    boolean isOpen();
}
