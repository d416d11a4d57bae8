import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Waits until a cluster can be used: every broker is registered and unfenced, a transaction and
 * the offsets of a group have been committed, and all replicas of the topics that hold them are
 * in sync. One JVM asks all of it, because starting one is what takes the time.
 *
 * Usage: Ready BOOTSTRAP BROKERS SECONDS
 */
public final class Ready {
    private static final List<String> INTERNAL = List.of("__consumer_offsets", "__transaction_state");

    public static void main(String[] args) throws Exception {
        var settings = new Properties();
        settings.put("bootstrap.servers", args[0]);
        settings.put("reconnect.backoff.max.ms", "100");
        int brokers = Integer.parseInt(args[1]);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(args[2]));
        try (Admin admin = Admin.create(settings)) {
            await(deadline, "not every broker is registered and unfenced", () -> allUp(admin, brokers));
            await(deadline, "no transaction could be begun", () -> transact(settings));
            await(deadline, "no offset of a group could be committed", () -> commitOffset(admin));
            await(deadline, "not every replica of the internal topics is in sync", () -> inSync(admin, brokers));
        }
    }

    private interface Probe {
        boolean holds() throws Exception;
    }

    private static void await(long deadline, String missing, Probe probe) throws InterruptedException {
        String reason = "";
        while (System.nanoTime() < deadline) {
            try {
                if (probe.holds()) return;
            } catch (InterruptedException stopped) {
                throw stopped;
            } catch (Exception error) {
                reason = ": " + error;
            }
            Thread.sleep(50);
        }
        System.err.println(missing + reason);
        System.exit(1);
    }

    // A broker that is fenced is left out of this answer unless asked for.
    private static boolean allUp(Admin admin, int brokers) throws Exception {
        var options = new DescribeClusterOptions().timeoutMs(2000);
        return admin.describeCluster(options).nodes().get().size() == brokers;
    }

    private static boolean transact(Properties settings) {
        var own = new Properties();
        own.putAll(settings);
        own.put("transactional.id", "nightlatch-ready");
        own.put("max.block.ms", "5000");
        try (var producer = new KafkaProducer<>(own, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            return true;
        }
    }

    // The group is deleted again, so that nobody finds it in a list.
    private static boolean commitOffset(Admin admin) throws Exception {
        var group = "nightlatch-ready";
        var offset = Map.of(new TopicPartition(INTERNAL.get(0), 0), new OffsetAndMetadata(0));
        admin.alterConsumerGroupOffsets(group, offset).all().get(5, TimeUnit.SECONDS);
        admin.deleteConsumerGroups(List.of(group)).all().get(5, TimeUnit.SECONDS);
        return true;
    }

    private static boolean inSync(Admin admin, int brokers) throws Exception {
        return admin.describeTopics(INTERNAL).allTopicNames().get(5, TimeUnit.SECONDS).values().stream()
            .flatMap(topic -> topic.partitions().stream())
            .allMatch(partition -> partition.leader() != null && partition.isr().size() == brokers);
    }
}
