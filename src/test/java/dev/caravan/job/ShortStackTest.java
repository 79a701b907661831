package dev.caravan.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShortStackTest {
    @Test
    void whatIsBelowTheHandlerIsCounted() {
        Exception failure = thrown(
                new IllegalStateException("no luck"),
                frame("java.util.Objects"),
                frame("com.acme.Orders"),
                frame("java.lang.Thread"),
                frame("org.apache.camel.Pipeline"),
                frame("jdk.internal.Invoker"),
                frame("com.acme.Handler"),
                frame("org.apache.camel.Pipeline"));

        assertThat(ShortStack.of(failure))
                .isEqualTo(
                        """
                        java.lang.IllegalStateException: no luck
                          at java.util.Objects.run(X.java:1)
                          at com.acme.Orders.run(X.java:1)
                          at java.lang.Thread.run(X.java:1)
                          … 2 more
                          at com.acme.Handler.run(X.java:1)
                          … 1 more
                        """);
    }

    @Test
    void causesFollow() {
        Exception cause = thrown(new IllegalArgumentException(), frame("com.acme.Orders"));
        Exception failure = thrown(new IllegalStateException("outer", cause), frame("com.acme.Handler"));

        assertThat(ShortStack.of(failure))
                .isEqualTo(
                        """
                        java.lang.IllegalStateException: outer
                          at com.acme.Handler.run(X.java:1)
                        Caused by: java.lang.IllegalArgumentException
                          at com.acme.Orders.run(X.java:1)
                        """);
    }

    @Test
    void isBounded() {
        Exception first = new IllegalStateException("x".repeat(10_000));
        Exception second = new IllegalStateException("y", first);
        first.initCause(second);
        for (Exception each : new Exception[] {first, second}) {
            thrown(
                    each,
                    IntStream.range(0, 10_000)
                            .mapToObj(i -> frame("com.acme.Handler" + i))
                            .toArray(StackTraceElement[]::new));
        }

        assertThat(ShortStack.of(first)).hasSizeLessThanOrEqualTo(ShortStack.LONGEST + 1);
        String wide = ShortStack.of(thrown(
                new IllegalStateException("€".repeat(10_000), second),
                IntStream.range(0, 12)
                        .mapToObj(i -> frame("com.acme.Größe" + "€".repeat(100)))
                        .toArray(StackTraceElement[]::new)));
        assertThat(wide.getBytes(StandardCharsets.UTF_8))
                .hasSizeBetween(ShortStack.LONGEST - 3, ShortStack.LONGEST + 3);
        assertThat(wide).doesNotContain("\uFFFD");
        assertThat(ShortStack.of(first).lines().filter(line -> line.contains("Handler")))
                .hasSizeLessThanOrEqualTo(24);
    }

    @Test
    void aThreadHasOneToo() {
        assertThat(ShortStack.of(Thread.currentThread().getStackTrace())).contains("at ");
        assertThat(ShortStack.of(new StackTraceElement[0])).isEmpty();
    }

    private static Exception thrown(Exception failure, StackTraceElement... frames) {
        failure.setStackTrace(Arrays.copyOf(frames, frames.length));
        return failure;
    }

    private static StackTraceElement frame(String type) {
        return new StackTraceElement(type, "run", "X.java", 1);
    }
}
