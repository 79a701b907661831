package dev.caravan.chat.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.chat.Chats;
import dev.caravan.job.TestRedis;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Rooms cost nothing to make up, so their number is bounded: three in these settings. */
class HistoryRoomsTest {
    @RegisterExtension
    static final TestRedis REDIS = new TestRedis();

    private final HistoryRooms rooms = new HistoryRooms(REDIS.template(), Chats.settings(50));

    @Test
    void theHistoriesWrittenLongestAgoAreRemoved() {
        for (String room : List.of("a", "b", "c")) {
            write(room);
        }
        REDIS.template().opsForZSet().incrementScore(HistoryRooms.KEY, ChatHistory.key("b"), -1000);

        write("d");

        assertThat(List.of("a", "b", "c", "d"))
                .filteredOn(room -> REDIS.template().hasKey(ChatHistory.key(room)))
                .containsExactly("a", "c", "d");
        assertThat(REDIS.template().opsForZSet().zCard(HistoryRooms.KEY)).isEqualTo(3);
    }

    @Test
    void aRoomThatIsInUseStays() {
        write("used");
        for (int i = 0; i < 50; i++) {
            write("room " + i);
            write("used");
            // Times are of a millisecond.
            REDIS.template().opsForZSet().incrementScore(HistoryRooms.KEY, ChatHistory.key("room " + i), -1000 + i);
        }
        assertThat(REDIS.template().hasKey(ChatHistory.key("used"))).isTrue();
        assertThat(REDIS.template().opsForZSet().zCard(HistoryRooms.KEY)).isEqualTo(3);
    }

    private void write(String room) {
        String key = ChatHistory.key(room);
        rooms.admit(List.of(new ChatHistory.Chunk(key, "")));
        REDIS.template().opsForList().rightPush(key, "");
    }
}
