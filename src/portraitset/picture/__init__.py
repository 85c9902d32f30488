"""A stranger's file to RGB pixels; whether two look alike; what decoding costs in memory."""
