from threadrunner_kernel.notebook.kernel import launch

launch()
