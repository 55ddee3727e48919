/** The parts of ECharts that we use, and no others; loaded when the first chart is shown. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkAreaComponent, MarkLineComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, AriaComponent, GridComponent, MarkAreaComponent, MarkLineComponent, CanvasRenderer]);

export { init };
