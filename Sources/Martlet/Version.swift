/// The version of Martlet that this program is built with.
package let martletVersion = "0.1.0"
