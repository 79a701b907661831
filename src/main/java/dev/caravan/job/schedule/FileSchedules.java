package dev.caravan.job.schedule;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The schedules of the files whose routes run on this node. It tells the others of them, again and again. Thread-safe. */
@Component
public class FileSchedules {
    private static final Logger LOG = LoggerFactory.getLogger(FileSchedules.class);

    private final ScheduleStore store;
    private final Map<String, Running> running = new ConcurrentHashMap<>();

    /** Makes the payload of a firing. */
    interface Payloads {
        /** JSON text, or null. Runs the steps of a route on the thread of the caller. */
        String of(Firing firing) throws Exception;
    }

    private static final class Running {
        private final Schedule schedule;
        private final Payloads payloads;
        private volatile boolean announced;
        private volatile boolean differs;

        private Running(Schedule schedule, Payloads payloads) {
            this.schedule = schedule;
            this.payloads = payloads;
        }
    }

    public FileSchedules(ScheduleStore store) {
        this.store = store;
    }

    void add(Schedule schedule, Payloads payloads) {
        running.put(schedule.name(), new Running(schedule, payloads));
    }

    /** Leaves the successor of a route that was replaced. */
    void remove(Payloads payloads) {
        running.values().removeIf(each -> each.payloads == payloads);
    }

    /** The schedule of a name that a file of this node defines as it is announced; null if there is none. */
    Schedule get(String name) {
        Running found = running.get(name);
        return found == null || found.differs ? null : found.schedule;
    }

    boolean has(String name) {
        return running.containsKey(name);
    }

    String payload(Firing firing) throws Exception {
        Running found = running.get(firing.name());
        if (found == null) {
            throw new IllegalStateException(
                    "The route of the schedule " + firing.name() + " does not run here any more");
        }
        return found.payloads.of(firing);
    }

    /**
     * Tells all nodes of them. Of two nodes whose files differ, the one whose route has started last is right; the other one
     * does not fire.
     */
    public void announce() {
        Collection<Running> all = new ArrayList<>(running.values());
        if (all.isEmpty()) {
            return;
        }
        List<ScheduleStore.Announced> replies = store.announce(
                all.stream().map(each -> each.schedule).toList(),
                all.stream().map(each -> !each.announced).toList());
        int i = 0;
        for (Running each : all) {
            note(each, replies.get(i++));
        }
    }

    private void note(Running each, ScheduleStore.Announced reply) {
        String name = each.schedule.name();
        boolean differs = reply == ScheduleStore.Announced.DIFFERS;
        if (differs && !each.differs) {
            LOG.warn(
                    "The schedule {} is another one in the files of a node whose route started later; it does not fire here."
                            + " Give all nodes the same file",
                    name);
        } else if (reply == ScheduleStore.Announced.REPLACED_STORED) {
            LOG.warn("The schedule {}, which was stored over REST, is replaced by the one of a file", name);
        }
        each.differs = differs;
        each.announced = true;
    }
}
