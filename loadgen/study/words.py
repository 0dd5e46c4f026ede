"""What a report of a study says, in each language: words, and sentences with the names of what is put into them."""

from collections.abc import Mapping

Words = Mapping[str, str]

ENGLISH: Words = {
    # the title and the conclusion
    "title": "Configurations of {model}",
    "nothing": "No configuration has a level that could be ranked.",
    "best": "The best configuration is {name}: {score} {unit} at concurrency {level}"
    " (average latency {average} us, p99 {p99} us).",
    "against_original": "Against the original configuration ({score} {unit}) that is {change} %.",
    "original_is_best": "No configuration did better than the original one.",
    "limits": "Only levels count that keep these limits: {limits}.",
    "ties": "The noise explains the difference between the best configuration and: {names}. None of them is shown to"
    " be worse.",
    "original_tied": "The original configuration is among them: that a change pays is not shown.",
    "no_ties": "Every other configuration differs from it by more than the noise explains.",
    "searched": "Measured: {count} of {combinations} configurations. A better one may be among the others.",
    "paste": "For config.pbtxt:",
    "unfinished": "The study is not finished: it can be resumed.",
    # the comparison
    "comparison": "Comparison",
    "place": "#",
    "configuration": "Configuration",
    "mean_throughput": "Mean",
    "mean_average": "Mean of averages",
    "mean_p50": "Mean p50",
    "mean_p90": "Mean p90",
    "mean_p95": "Mean p95",
    "mean_p99": "Mean p99",
    "of_original": "To original",
    "runs": "Runs",
    "concurrency": "Conc.",
    "throughput": "At level",
    "average": "Average",
    "p99": "p99",
    "queue": "Queue",
    "compute": "Compute",
    "stable": "Stable",
    "original": "original",
    "infer/s": "infer/s",
    "us": "us",
    "%": "%",
    "": "",
    "yes": "yes",
    "no": "no",
    "decimal": ".",
    "legend": "Mean: over all runs of a configuration, each at its best level. From the concurrency on, the figures are"
    " those of the best level of one run, the one nearest to the mean. =1: cannot be told from the best one.",
    "noise": "Noise: the figure of one configuration differs from run to run by {share} % (standard deviation,"
    " degrees of freedom: {freedom}).",
    "drift": "The original configuration, run by run: {scores} {unit}; from the first to the last {change} %.",
    # the plots
    "plots": "Plots",
    "latency_caption": "Average latency against throughput, a point for each concurrency: the further right and the"
    " lower the better.",
    "throughput_caption": "Throughput by concurrency.",
    "split_caption": "Where the average latency goes at the best level of each configuration. Adds: network, protocol"
    " and this client.",
    "some_lines": "The best {count} configurations and the original one.",
    "latency_ms": "average latency, ms",
    "throughput_axis": "throughput, infer/s",
    "concurrency_axis": "concurrency",
    "latency_us": "average latency, us",
    "part_queue": "queue",
    "part_input": "compute input",
    "part_infer": "compute infer",
    "part_output": "compute output",
    "part_overhead": "server overhead",
    "part_adds": "adds",
    # warnings
    "warnings": "Warnings",
    "no_warnings": "None: all levels were stable, and no configuration failed.",
    "unstable": "{name}, run {run}, concurrency {level} is not stable: {reason}",
    "failed": "{name}, run {run}, has no figures: {reason}",
    "over_limits": "{name} has no place, for none of its levels keeps the limits: {limits}.",
    "drifted": "The original configuration changed by more than {tolerance} % while the study lasted: the machine was"
    " not the same all the time.",
    # the rest
    "each_run": "All runs",
    "run": "Run {run}: {name}",
    "environment": "Environment",
    "what": "What",
    "value": "Value",
    "started_at": "Started",
    "server": "Server",
    "cpu": "CPU",
    "cores": "Cores",
    "memory": "Memory, GiB",
    "platform": "Operating system",
    "python": "Python",
    "loadgen": "loadgen",
    "libraries": "Libraries",
    "options": "Options",
    "method": "Method",
    "window_s": "{length} s",
    "window_requests": "{count} requests",
    "method_measured": "Each configuration was loaded over the server's API and warmed up by one window at the highest"
    " concurrency. Each level was measured in windows of {window} until the last three agreed within {tolerance} %, or"
    " there were {at_most}; its figures are those of these three.",
    "method_ranked": "The score of a run is the figure of its best stable level. Scores are compared by their"
    " logarithms, with the variance pooled over all configurations that were measured more than once. Two"
    " configurations differ when their means are further apart than Fisher's least significant difference at 95 %. The"
    " original configuration was measured first, after every fourth other one, and last; then the best two in turn,"
    " until they differed or there were {repeats} more runs.",
    "method_searched": "Which configurations were measured was decided one after the other: the first third at random,"
    " the others by Optuna (tree-structured Parzen estimator) from the figures of those before.",
}

RUSSIAN: Words = {
    "title": "Конфигурации модели {model}",
    "nothing": "Ни у одной конфигурации нет уровня, который можно было бы оценить.",
    "best": "Лучшая конфигурация — {name}: {score} {unit} при параллельности {level}"
    " (средняя задержка {average} мкс, p99 {p99} мкс).",
    "against_original": "Относительно исходной конфигурации ({score} {unit}) это {change} %.",
    "original_is_best": "Ни одна конфигурация не оказалась лучше исходной.",
    "limits": "Учитываются только уровни, на которых соблюдены ограничения: {limits}.",
    "ties": "Разница между лучшей конфигурацией и следующими объясняется шумом: {names}. Что они хуже, не доказано.",
    "original_tied": "Среди них исходная конфигурация: что замена что-то даёт, не доказано.",
    "no_ties": "Все остальные конфигурации отличаются от неё больше, чем объясняет шум.",
    "searched": "Измерены не все конфигурации ({count} из {combinations}): среди остальных может быть и лучшая.",
    "paste": "Для config.pbtxt:",
    "unfinished": "Исследование не закончено: его можно продолжить.",
    "comparison": "Сравнение",
    "place": "№",
    "configuration": "Конфигурация",
    "mean_throughput": "В среднем",
    "mean_average": "В среднем (средняя)",
    "mean_p50": "В среднем p50",
    "mean_p90": "В среднем p90",
    "mean_p95": "В среднем p95",
    "mean_p99": "В среднем p99",
    "of_original": "К исходной",
    "runs": "Прогонов",
    "concurrency": "Паралл.",
    "throughput": "На уровне",
    "average": "Средняя",
    "p99": "p99",
    "queue": "Очередь",
    "compute": "Вычисление",
    "stable": "Стабильно",
    "original": "исходная",
    "infer/s": "запр./с",
    "us": "мкс",
    "%": "%",
    "": "",
    "yes": "да",
    "no": "нет",
    "decimal": ",",
    "legend": "В среднем: по всем прогонам конфигурации, каждый на своём лучшем уровне. Начиная с параллельности,"
    " показатели взяты с лучшего уровня одного прогона — ближайшего к среднему. =1: от лучшей не отличить.",
    "noise": "Шум: показатель одной конфигурации меняется от прогона к прогону на {share} % (стандартное отклонение,"
    " степеней свободы: {freedom}).",
    "drift": "Исходная конфигурация, прогон за прогоном: {scores} {unit}; от первого к последнему {change} %.",
    "plots": "Графики",
    "latency_caption": "Средняя задержка и пропускная способность, по точке на каждую параллельность: чем правее и"
    " ниже, тем лучше.",
    "throughput_caption": "Пропускная способность в зависимости от параллельности.",
    "split_caption": "Из чего складывается средняя задержка на лучшем уровне каждой конфигурации. Вне сервера: сеть,"
    " протокол и сам клиент.",
    "some_lines": "Показаны исходная конфигурация и {count} лучших.",
    "latency_ms": "средняя задержка, мс",
    "throughput_axis": "пропускная способность, запр./с",
    "concurrency_axis": "параллельность",
    "latency_us": "средняя задержка, мкс",
    "part_queue": "очередь",
    "part_input": "подготовка входа",
    "part_infer": "вычисление",
    "part_output": "выдача ответа",
    "part_overhead": "прочее на сервере",
    "part_adds": "вне сервера",
    "warnings": "Предупреждения",
    "no_warnings": "Нет: все уровни стабильны, отказов не было.",
    "unstable": "{name}, прогон {run}, параллельность {level}: измерение нестабильно ({reason})",
    "failed": "{name}, прогон {run}: измерить не удалось: {reason}",
    "over_limits": "{name}: места нет, ни на одном уровне не соблюдены ограничения: {limits}.",
    "drifted": "За время исследования исходная конфигурация изменилась больше чем на {tolerance} %: машина не всё время"
    " была одной и той же.",
    "each_run": "Все прогоны",
    "run": "Прогон {run}: {name}",
    "environment": "Окружение",
    "what": "Что",
    "value": "Значение",
    "started_at": "Начало",
    "server": "Сервер",
    "cpu": "Процессор",
    "cores": "Ядра",
    "memory": "Память, ГиБ",
    "platform": "Операционная система",
    "python": "Python",
    "loadgen": "loadgen",
    "libraries": "Библиотеки",
    "options": "Параметры",
    "method": "Методика",
    "window_s": "{length} с",
    "window_requests": "запросов: {count}",
    "method_measured": "Каждая конфигурация загружена через API сервера и прогрета одним окном на наибольшей"
    " параллельности. Каждый уровень измерен окнами ({window}), пока последние три не совпали в пределах {tolerance} %,"
    " но не больше чем столькими: {at_most}; показатели взяты по этим трём окнам.",
    "method_ranked": "Оценка прогона — показатель его лучшего стабильного уровня. Сравниваются логарифмы оценок;"
    " дисперсия общая по всем конфигурациям, измеренным больше одного раза. Две конфигурации различаются, если их"
    " средние расходятся больше чем на наименьшую значимую разность Фишера (95 %). Исходная конфигурация измерена"
    " первой, после каждой четвёртой и последней; затем лучшие две — по очереди, пока не разошлись (не более {repeats}"
    " прогонов).",
    "method_searched": "Какие конфигурации измерять, решалось по ходу: первая треть выбрана случайно, остальные —"
    " Optuna (древовидная оценка Парзена) по показателям предыдущих.",
}

LANGUAGES: Mapping[str, Words] = {"en": ENGLISH, "ru": RUSSIAN}
