package dev.caravan.bench;

import dev.caravan.bench.ChatLoad.Plan;
import dev.caravan.bench.ChatLoad.Server;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What it costs to deliver a message of the chat to a subscriber. */
final class Chat implements Section {
    static final String COST = "CPU of the server, µs a delivery";
    private static final String FAN_OUT = "bare fan-out";
    private static final String VERTX = "vertx-stomp";
    private static final String ALONE = "Caravan alone";
    private static final String CLUSTER = "Caravan of three nodes";
    private static final List<String> JVM = List.of("-Xmx1g");
    private static final int SETTLE_MILLIS = 300;
    private static final double WARM_UP = 2;
    private static final double MEASURED = 5;
    private static final double FIRST_WARM_UP = 8;
    private static final double SMOKE = 0.3;

    private final Lab lab;

    Chat(Lab lab) {
        this.lab = lab;
    }

    @Override
    public String run() throws IOException, InterruptedException {
        List<Peer> peers = new ArrayList<>();
        peers.add(lab.startServer(FAN_OUT, "stomp.FanOut", JVM));
        peers.add(lab.startServer(VERTX, "vertx.VertxStomp", JVM));
        if (!lab.options.smoke) {
            peers.add(startCaravan(ALONE, 1));
            peers.add(startCaravan(CLUSTER, 3));
        }
        peers.forEach(Peer::awaitReady);
        StringBuilder figures = new StringBuilder();
        try {
            double warmUp = lab.options.smoke ? 0 : WARM_UP;
            double measured = lab.options.smoke ? SMOKE : MEASURED;
            List<Peer> order = new ArrayList<>(peers);
            if (lab.options.smoke) {
                order.add(lab.caravan().titled(ALONE)); // which spares a start
            } else {
                for (Peer peer : peers) {
                    round(peer, 0, new Plan(100, 1, 1, 1, 8, 0, FIRST_WARM_UP, 1));
                    round(peer, 0, new Plan(500, 50, 1, 50, 1, 0, FIRST_WARM_UP, 1));
                }
            }
            Map<String, Plan> settings = new LinkedHashMap<>();
            settings.put("One room of 100, 8 messages under way", new Plan(100, 1, 1, 1, 8, 0, warmUp, measured));
            settings.put(
                    "50 rooms of 10, one message under way in each", new Plan(500, 50, 1, 50, 1, 0, warmUp, measured));
            settings.put("One room of 1,000, 10 messages a second", new Plan(1000, 1, 1, 1, 0, 10, warmUp, measured));
            Map<String, List<Round>> rounds = new LinkedHashMap<>();
            for (int i = 0; i < lab.options.rounds; i++) {
                for (Map.Entry<String, Plan> setting : settings.entrySet()) {
                    for (Peer peer : order) {
                        rounds.computeIfAbsent(setting.getKey(), name -> new ArrayList<>())
                                .add(round(peer, 0, setting.getValue()));
                    }
                }
                Collections.rotate(order, -1);
            }
            rounds.forEach((setting, measurements) -> figures.append(
                            new Table(setting, measurements, List.of(ALONE, CLUSTER), List.of(FAN_OUT)).markdown())
                    .append('\n'));
        } finally {
            peers.forEach(Peer::stop);
        }
        return figures.toString();
    }

    private Peer startCaravan(String title, int nodes) {
        List<String> settings = List.of("--caravan.roles=chat", "--caravan.chat.rate=0");
        return lab.startCaravan("chat-" + nodes, JVM, nodes, settings).titled(title);
    }

    static Round round(Peer peer, int x, Plan plan) throws IOException, InterruptedException {
        Thread.sleep(SETTLE_MILLIS);
        boolean caravan = peer.title().startsWith(Lab.CARAVAN);
        Server server = caravan
                ? new Server(peer.port(), "/send-endpoint/ws/chat", "/receive-endpoint/r%d")
                : new Server(peer.port(), "/topic/r%d", "/topic/r%d");
        ChatLoad.Result result = new ChatLoad(server, plan).run(() -> CpuTimes.of(peer));
        CpuTimes cpu = result.cpu();
        double deliveries = Math.max(1, result.deliveries());
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("lost", (double) result.lost());
        figures.put("out of order", (double) result.outOfOrder());
        figures.put("deliveries, a second", result.deliveries() / result.seconds());
        figures.put("p50, ms", result.latencies().millis(0.5));
        figures.put("p99, ms", result.latencies().millis(0.99));
        figures.put(COST, cpu.first() / deliveries);
        if (peer.ports().size() > 1) {
            figures.put("CPU of the other nodes, µs a delivery", (cpu.app() - cpu.first()) / deliveries);
        }
        if (caravan) {
            figures.put("CPU of RabbitMQ, µs a delivery", cpu.rabbit() / deliveries);
            figures.put("CPU of Redis, µs a delivery", cpu.redis() / deliveries);
        }
        Round round = new Round(peer.title(), x, figures);
        System.out.println(round);
        if (result.lost() != 0 || result.outOfOrder() > 0 || result.deliveries() == 0) {
            throw new IllegalStateException(
                    peer.title() + " lost messages or delivered them in the wrong order: " + round);
        }
        return round;
    }
}
