import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.GcInfo;
import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/**
 * Allocates by a pattern for some seconds, then writes what the JVM's management beans counted.
 *
 * <p>GcLoad PATTERN SECONDS TRUTH.json [key=value ...]
 *
 * <p>PATTERN: steady, humongous, leak, explicit, classes, threads, mixed. Keys: live (share of the heap kept, in
 * percent), rate (MB a second, 0: as fast as it goes), threads, chatter (lines of output a second that quote a
 * collector's words), halt (1: end as if killed), every (ms between calls of System.gc()), seed.
 */
public final class GcLoad {
    private static final List<String> EVENTS = Collections.synchronizedList(new ArrayList<>());
    private static final Map<String, long[]> CAUSES = Collections.synchronizedMap(new TreeMap<>());
    private static final List<Long> OOMS = Collections.synchronizedList(new ArrayList<>());
    private static volatile boolean stop;
    private static long started;
    private static long counted;

    private GcLoad() {}

    public static void main(String[] args) throws Exception {
        started = ManagementFactory.getRuntimeMXBean().getStartTime();
        Map<String, Integer> keys = new TreeMap<>();
        for (int at = 3; at < args.length; at++) {
            String[] pair = args[at].split("=", 2);
            keys.put(pair[0], Integer.valueOf(pair[1]));
        }
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) bean).addNotificationListener(GcLoad::notified, null, null);
        }
        long until = System.currentTimeMillis() + Long.parseLong(args[1]) * 1000;
        int threads = keys.getOrDefault("threads", args[0].equals("threads") ? 16 : 1);
        List<Thread> workers = new ArrayList<>();
        for (int number = 0; number < threads; number++) {
            Load load = new Load(args[0], keys, keys.getOrDefault("seed", 1) + number, threads, until);
            Thread worker = new Thread(load, "load-" + number);
            worker.start();
            workers.add(worker);
        }
        Thread chatter = new Thread(() -> chat(keys.getOrDefault("chatter", 0)), "chatter");
        chatter.setDaemon(true);
        chatter.start();
        for (Thread worker : workers) {
            worker.join();
        }
        stop = true;
        do {
            Thread.sleep(300); // the last notifications, the rest of a concurrent cycle
            counted = collections();
            Files.write(Path.of(args[2]), truth().getBytes(StandardCharsets.UTF_8));
        } while (collections() != counted);
        if (keys.getOrDefault("halt", 0) == 1) {
            Runtime.getRuntime().halt(0); // as if killed: no summary at the log's end
        }
        System.exit(0);
    }

    private static long collections() {
        long sum = 0;
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            sum += bean.getCollectionCount();
        }
        return sum;
    }

    private static final class Load implements Runnable {
        private final String pattern;
        private final Map<String, Integer> keys;
        private final Random random;
        private final int threads;
        private final long until;
        private final ArrayDeque<byte[]> live = new ArrayDeque<>();
        private long held;
        private long made;
        private long begun;

        Load(String pattern, Map<String, Integer> keys, int seed, int threads, long until) {
            this.pattern = pattern;
            this.keys = keys;
            this.random = new Random(seed);
            this.threads = threads;
            this.until = until;
        }

        @Override
        public void run() {
            begun = System.currentTimeMillis();
            while (System.currentTimeMillis() < until) {
                try {
                    step();
                } catch (OutOfMemoryError full) {
                    live.clear();
                    held = 0;
                    OOMS.add(System.currentTimeMillis() - started);
                }
            }
        }

        private void step() {
            boolean mixed = pattern.equals("mixed");
            switch (mixed ? pick() : pattern) {
                case "humongous":
                    keep(new byte[(1 << 20) + random.nextInt(1 << 20)], share());
                    break;
                case "leak":
                    keep(new byte[10_000 + random.nextInt(20_000)], Long.MAX_VALUE);
                    break;
                case "explicit":
                    churn(2_000_000);
                    System.gc();
                    sleep(keys.getOrDefault("every", 200));
                    break;
                case "classes":
                    classes();
                    break;
                default:
                    churn(1_000_000);
            }
            pace();
        }

        private String pick() {
            int dice = random.nextInt(1000);
            return dice < 20 ? "humongous" : dice < 22 ? "explicit" : dice < 30 ? "classes" : "steady";
        }

        private long share() {
            return Runtime.getRuntime().maxMemory() / 100 * keys.getOrDefault("live", 30) / threads;
        }

        private void churn(int bytes) {
            for (int made = 0; made < bytes; ) {
                byte[] piece = new byte[64 + random.nextInt(8_000)];
                made += piece.length;
                if (random.nextInt(4) == 0) {
                    keep(piece, share());
                } else {
                    this.made += piece.length;
                }
            }
        }

        private void keep(byte[] piece, long most) {
            live.addLast(piece);
            held += piece.length;
            made += piece.length;
            while (held > most) {
                held -= live.removeFirst().length;
            }
        }

        private void classes() {
            for (int count = 0; count < 20; count++) {
                // A loader of its own for each proxy: its class takes metaspace until the loader is dead.
                ClassLoader loader = new ClassLoader(GcLoad.class.getClassLoader()) {};
                Object proxy = Proxy.newProxyInstance(loader, new Class<?>[] {Runnable.class}, (p, m, a) -> null);
                ((Runnable) proxy).run();
            }
        }

        private void pace() {
            int rate = keys.getOrDefault("rate", 0);
            if (rate > 0) {
                long due = begun + made / 1000 / rate;
                sleep(due - System.currentTimeMillis());
            }
        }
    }

    private static void sleep(long millis) {
        if (millis > 0) {
            try {
                Thread.sleep(Math.min(millis, 1000));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void chat(int lines) {
        String[] texts = {
            "INFO water.default: Pause Young (Normal) (G1 Evacuation Pause) took 1.234ms last time",
            "GC(7) is what the operator wrote about: Pause Full 10M->2M(64M) 99.000ms, see the wiki",
            "[main] progress: [GC 12.3%] Allocation Stall (worker-1) 5.000ms is no stall of ours",
            "user said \"[Full GC (Ergonomics) 100K->50K(200K), 0.1 secs]\" and left",
            "Safepoint \"Cleanup\", Time since last: 1 ns is quoted here, too",
            "quick",
            "2026-01-01 00:00:00,000 WARN [gc-watch] heap 70%: Concurrent Cycle expected soon",
        };
        for (int at = 0; lines > 0 && !stop; at++) {
            System.out.println(texts[at % texts.length]);
            sleep(1000 / lines);
        }
    }

    private static void notified(Notification message, Object handback) {
        GarbageCollectionNotificationInfo info =
            GarbageCollectionNotificationInfo.from((CompositeData) message.getUserData());
        GcInfo gc = info.getGcInfo();
        EVENTS.add(
            "[" + gc.getStartTime() + "," + gc.getDuration() + "," + heap(gc.getMemoryUsageBeforeGc()) + ","
                + heap(gc.getMemoryUsageAfterGc()) + "," + text(info.getGcName()) + "," + text(info.getGcCause()) + "]");
        String key = "\"bean\":" + text(info.getGcName()) + ",\"action\":" + text(info.getGcAction())
            + ",\"cause\":" + text(info.getGcCause());
        long[] sums = CAUSES.computeIfAbsent(key, ignored -> new long[3]);
        sums[0]++;
        sums[1] += gc.getDuration();
        sums[2] = Math.max(sums[2], gc.getDuration());
    }

    private static long heap(Map<String, MemoryUsage> pools) {
        long sum = 0;
        for (Map.Entry<String, MemoryUsage> pool : pools.entrySet()) {
            String name = pool.getKey();
            if (!name.contains("Metaspace") && !name.startsWith("Code") && !name.startsWith("Compressed")) {
                sum += pool.getValue().getUsed();
            }
        }
        return sum;
    }

    private static String truth() throws Exception {
        List<String> collectors = new ArrayList<>();
        for (GarbageCollectorMXBean bean : ManagementFactory.getGarbageCollectorMXBeans()) {
            collectors.add("{\"bean\":" + text(bean.getName()) + ",\"count\":" + bean.getCollectionCount()
                + ",\"time_ms\":" + bean.getCollectionTime() + "}");
        }
        long uptime = ManagementFactory.getRuntimeMXBean().getUptime();
        List<String> causes = new ArrayList<>();
        int notified = EVENTS.size();
        synchronized (CAUSES) {
            CAUSES.forEach((key, sums) -> causes.add(
                "{" + key + ",\"count\":" + sums[0] + ",\"total_ms\":" + sums[1] + ",\"max_ms\":" + sums[2] + "}"));
        }
        List<String> pools = new ArrayList<>();
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            pools.add(text(pool.getName()) + ":" + pool.getPeakUsage().getUsed());
        }
        List<String> arguments = new ArrayList<>();
        ManagementFactory.getRuntimeMXBean().getInputArguments().forEach(one -> arguments.add(text(one)));
        return "{\"java\":" + text(System.getProperty("java.version"))
            + ",\"vm\":" + text(System.getProperty("java.vm.version"))
            + ",\"args\":[" + String.join(",", arguments) + "]"
            + ",\"pid\":" + ProcessHandle.current().pid() + ",\"start_epoch_ms\":" + started
            + ",\"flags\":{" + flags() + "}"
            + ",\"ooms_caught\":" + OOMS.size() + ",\"oom_at_ms\":" + OOMS
            + ",\"pools_peak\":{" + String.join(",", pools) + "}"
            + ",\"collectors\":[" + String.join(",", collectors) + "]"
            + ",\"uptime_ms\":" + uptime + ",\"safepoints\":" + safepoints()
            + ",\"notified_count\":" + notified + ",\"by_cause\":[" + String.join(",", causes) + "]"
            + ",\"events\":[" + String.join(",", new ArrayList<>(EVENTS)) + "]}\n";
    }

    private static String flags() {
        HotSpotDiagnosticMXBean bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        List<String> all = new ArrayList<>();
        for (String name : new String[] {"MaxHeapSize", "InitialHeapSize", "MaxNewSize", "G1HeapRegionSize",
            "ParallelGCThreads", "ConcGCThreads", "MaxMetaspaceSize", "UseCompressedOops"}) {
            try {
                all.add(text(name) + ":" + text(bean.getVMOption(name).getValue()));
            } catch (IllegalArgumentException unknown) {
                continue; // not a flag of this JVM
            }
        }
        return String.join(",", all);
    }

    /** From an internal bean: needs --add-exports java.management/sun.management=ALL-UNNAMED. */
    private static String safepoints() throws Exception {
        Class<?> helper = Class.forName("sun.management.ManagementFactoryHelper");
        Object bean = helper.getMethod("getHotspotRuntimeMBean").invoke(null);
        Class<?> type = Class.forName("sun.management.HotspotRuntimeMBean");
        Method count = type.getMethod("getSafepointCount");
        Method total = type.getMethod("getTotalSafepointTime");
        Method sync = type.getMethod("getSafepointSyncTime");
        return "{\"count\":" + count.invoke(bean) + ",\"total_ms\":" + total.invoke(bean)
            + ",\"sync_ms\":" + sync.invoke(bean) + "}";
    }

    private static String text(String plain) {
        return "\"" + plain.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
