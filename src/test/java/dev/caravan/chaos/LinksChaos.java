package dev.caravan.chaos;

import dev.caravan.chaos.Site.Node;
import dev.caravan.fixture.RequiresRealBrokers;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The network between nodes and servers: rounds take the way to RabbitMQ and the way to Redis in turn. */
@RequiresRealBrokers
class LinksChaos {
    private Site site;

    @BeforeEach
    void begin() {
        site = Site.shared();
    }

    @Test
    void linksCut() {
        Trial.run(site, Row.LINKS_CUT, (round, load) -> {
            away(round, TcpProxy::cut, 10);
            load.awaitMore(20);
        });
    }

    @Test
    void linksFrozen() {
        Trial.run(site, Row.LINKS_FROZEN, (round, load) -> {
            away(round, TcpProxy::freeze, 30);
            load.awaitMore(20);
        });
    }

    @Test
    void linksHalfOpen() {
        Trial.run(site, Row.LINKS_HALF_OPEN, (round, load) -> {
            ways(round).forEach(TcpProxy::halfOpen);
            load.awaitMore(20);
        });
    }

    @Test
    void linksReset() {
        Trial.run(site, Row.LINKS_RESET, (round, load) -> {
            nodes().flatMap(Node::network).forEach(TcpProxy::reset);
            Trial.hold(5);
        });
    }

    @Test
    void linksSlow() {
        Trial.run(site, Row.LINKS_SLOW, (round, load) -> {
            nodes().flatMap(Node::network).forEach(way -> way.delay(200));
            Trial.hold(30);
            nodes().flatMap(Node::network).forEach(TcpProxy::heal);
            load.awaitMore(20);
        });
    }

    /** All nodes are cut off from one server for a while: what they ran meanwhile may run again. */
    private void away(int round, Consumer<TcpProxy> fault, int seconds) {
        List<Node> nodes = nodes().toList();
        long from = site.effects.position();
        ways(round).forEach(fault);
        Trial.hold(seconds);
        ways(round).forEach(TcpProxy::heal);
        long to = site.effects.position();
        nodes.forEach(node -> site.effects.disturbed(node.name, from, to));
    }

    private Stream<TcpProxy> ways(int round) {
        return nodes().map(node -> round % 2 == 0 ? node.toRabbit : node.toRedis);
    }

    private Stream<Node> nodes() {
        return Stream.of(site.apis, site.workers).flatMap(List::stream);
    }
}
