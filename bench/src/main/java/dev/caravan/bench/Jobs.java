package dev.caravan.bench;

import dev.caravan.bench.JobLoad.Plan;
import java.io.IOException;
import java.util.List;

/** What a job costs, one {@code POST /jobs} each. */
final class Jobs implements Section {
    private final Lab lab;

    Jobs(Lab lab) {
        this.lab = lab;
    }

    @Override
    public String run() throws IOException, InterruptedException {
        Options options = lab.options;
        JobRounds rounds = new JobRounds(lab);
        List<Peer> peers = lab.jobPeers(options.peers);
        rounds.warmUp(peers);
        StringBuilder figures = new StringBuilder();
        for (int connections : options.connections) {
            Plan plan = new Plan(options.jobs, connections, new byte[0]);
            if (options.warmUp > 0 && connections != options.connections.get(0)) {
                rounds.run(peers, 1, 0, plan);
            }
            String caption = "%d HTTP connections, rounds of %,d jobs, %d of each system"
                    .formatted(connections, options.jobs, options.rounds);
            figures.append(new Table(
                                    caption,
                                    rounds.run(peers, options.rounds, 0, plan),
                                    List.of(Lab.CARAVAN),
                                    List.of(Lab.SPRING, Lab.LIMIT))
                            .markdown())
                    .append('\n');
        }
        return figures.toString();
    }
}
