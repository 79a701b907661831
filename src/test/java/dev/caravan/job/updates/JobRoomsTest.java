package dev.caravan.job.updates;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.job.TestRedis;
import dev.caravan.job.store.JobHashes;
import dev.caravan.job.updates.JobRooms.Update;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
class JobRoomsTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final JobRooms rooms = new JobRooms(new JobHashes(REDIS.template()));

    private static void put(String id, String state, String moves) {
        REDIS.put(id, Map.of("state", state, "moves", moves));
    }

    private List<String> updates(String room, int comers) {
        return rooms.updates(Map.of(room, comers)).stream()
                .map(Update::json)
                .map(json -> json.replaceAll(".*\"number\":(\\d+),\"state\":\"(\\w+)\".*", "$1 $2"))
                .toList();
    }

    @Test
    void whoComesIsToldWhereTheJobStandsAndThenEachState() {
        put("a", "RUNNING", "1 QUEUED 5 0\n2 RUNNING 6 1");
        assertThat(rooms.updates(Map.of("jobs/a", 1))).extracting(Update::room).containsExactly("jobs/a");
        assertThat(updates("jobs/a", 1)).isEmpty();

        put("a", "RUNNING", "1 QUEUED 5 0\n2 RUNNING 6 1\n3 RETRYING 7 1\n4 RUNNING 8 2");
        assertThat(updates("jobs/a", 1)).containsExactly("3 RETRYING", "4 RUNNING");

        assertThat(updates("jobs/a", 2)).as("another one has come").containsExactly("4 RUNNING");
        assertThat(updates("jobs/a", 2)).isEmpty();
    }

    @Test
    void whoComesMissesNothingThatOthersHaveToHear() {
        put("a", "QUEUED", "1 QUEUED 5 0");
        assertThat(updates("jobs/a", 1)).containsExactly("1 QUEUED");
        put("a", "FINISHED", "1 QUEUED 5 0\n2 RUNNING 6 1\n3 FINISHED 7 1");
        assertThat(updates("jobs/a", 2)).containsExactly("2 RUNNING", "3 FINISHED");
    }

    @Test
    void aRoomThatWasLeftIsForgotten() {
        put("a", "FINISHED", "1 FINISHED 5 0");
        assertThat(updates("jobs/a", 1)).hasSize(1);
        assertThat(rooms.updates(Map.of())).isEmpty();
        assertThat(updates("jobs/a", 1)).hasSize(1);
    }

    @Test
    void aJobThatComesLaterIsHeardOfThenAndWhatIsNoneNever() {
        REDIS.template().opsForValue().set("Job:text", "no hash");
        assertThat(rooms.updates(Map.of("jobs/later", 1, "jobs/no id", 1, "jobs/text", 1, "events/a", 1)))
                .isEmpty();
        put("later", "QUEUED", "1 QUEUED 5 0");
        assertThat(updates("jobs/later", 1)).containsExactly("1 QUEUED");
    }

    @Test
    void whoListensHearsHowFarTheJobIsWhenThatChanges() {
        REDIS.put("a", Map.of("state", "RUNNING", "moves", "1 QUEUED 5 0\n2 RUNNING 6 1", "progress", "10"));
        assertThat(rooms.updates(Map.of("jobs/a", 1)))
                .extracting(Update::json)
                .anyMatch(json -> json.contains("\"progress\":10"));
        assertThat(rooms.updates(Map.of("jobs/a", 1))).isEmpty();
        REDIS.put("a", Map.of("progress", "20"));
        assertThat(rooms.updates(Map.of("jobs/a", 1)))
                .extracting(Update::json)
                .containsExactly("{\"jobId\":\"a\",\"progress\":20,\"progressText\":\"\"}");
    }
}
